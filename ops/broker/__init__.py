"""A real Apache Kafka on loopback, to be killed and paused. Python 3 standard library only."""
