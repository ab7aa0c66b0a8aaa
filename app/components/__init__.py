"""Parts of the dashboard that draw in the browser: Python beside plain html, css and js."""
