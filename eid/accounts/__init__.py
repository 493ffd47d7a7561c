"""The life of an identity account: who may hold which level, what ends or suspends it, who acts for whom."""
