"""For those who maintain the method: checks, tests, proofs and a readable catalogue of the rulebook."""
