"""What is put first in one city: priorities, a choice under a budget, score loss, performance and work orders."""
