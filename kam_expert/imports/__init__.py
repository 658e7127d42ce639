"""Exports of a CRM or an ERP system to cases: read, mapped, joined, derived, with a report of what was left."""
