"""What is asked: the scenario, its limits and objectives as values, contracts and policy choices; no data, no numbers."""
