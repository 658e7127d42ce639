"""Why a recommendation is what it is, and what would change it: values that print themselves in either language."""
