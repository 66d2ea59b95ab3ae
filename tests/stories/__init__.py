"""Random stories of the model, written down in memory and told again on a real control plane."""
