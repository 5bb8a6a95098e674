-- Each partition and each duty has a lease of its own; a node says whether it can lead now.
ALTER TABLE cluster_nodes DROP COLUMN IF EXISTS leads;
ALTER TABLE cluster_nodes ADD COLUMN IF NOT EXISTS decides boolean NOT NULL DEFAULT false;
