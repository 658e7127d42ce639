"""A case as a workbook for those who would rather not write YAML, and back again without loss."""
