"""All colouring methods: the registry, networks, classical methods and baselines."""
