"""A made-up but realistic school, for the demo, the tests and the benchmarks."""
