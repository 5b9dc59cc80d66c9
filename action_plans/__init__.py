"""From the gaps of a result to a proposed plan."""
