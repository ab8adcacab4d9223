"""Layer 5: cases as tests of pytest. Imported only where there are scenarios to run (`plugin` sees to that)."""
