"""Pure planning: templates, layout, comparison, guards, actions."""
