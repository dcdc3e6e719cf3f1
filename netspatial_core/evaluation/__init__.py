"""How good generated traffic is, judged on places the model has not seen."""
