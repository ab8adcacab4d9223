"""Layer 2: YAML and JSON on disk: scenarios, the catalogue, clients, stored runs, and where what ships is found."""
