"""A whole shop on a real Kafka, hurt while clients trade. Python 3 standard library only."""
