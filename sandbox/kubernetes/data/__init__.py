"""Facts of Kubernetes v1.36 (names, types, list types, merge keys, resources), made by `generate`; no prose."""
