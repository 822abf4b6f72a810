"""From the laboratory's results to what a page shows: exhibits, their store and drawings, and the site's rim."""
