"""The pages and the JSON API: one blueprint a file. A view only translates HTTP."""
