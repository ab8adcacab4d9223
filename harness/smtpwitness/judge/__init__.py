"""Layer 1: pure functions and pure machines. Transcript and scenario go in, actions and findings come out."""
