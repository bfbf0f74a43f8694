"""Where models come from and live: download, conversion, memory."""
