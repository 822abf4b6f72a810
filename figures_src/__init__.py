"""From the laboratory's results to what a page shows: exhibits, their store, their drawings, and the site's thin rim."""
