"""Who goes where: votes, policy, reconcile, plan (pure)."""
