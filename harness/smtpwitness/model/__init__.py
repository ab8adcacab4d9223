"""Layer 0: what a scenario, a transcript, a finding and a run *are*. Frozen dataclasses, stdlib only, no I/O."""
