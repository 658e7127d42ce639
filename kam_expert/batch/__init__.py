"""Many accounts in one run: inputs as a stream of blocks, each judged in columns, results whole or absent."""
