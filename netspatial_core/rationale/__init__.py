"""Why a site ranks where it does: facts, the writer, and the verifier of what it wrote."""
