"""Layer 3: who talks. Sockets, clocks, certificates and processes live here, and nowhere above the runner."""
