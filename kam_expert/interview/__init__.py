"""The questionnaire: which question next, what may still change, and the answers that are kept."""
