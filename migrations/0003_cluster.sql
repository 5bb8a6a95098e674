-- Who should lead, and who is there: hints between the nodes of a cluster (architecture 2.6). Only
-- the log decides; an empty table costs a retry and never data.
CREATE TABLE IF NOT EXISTS leases (
    name text PRIMARY KEY,
    node text NOT NULL,
    address text NOT NULL,
    held_until timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS cluster_nodes (
    node text PRIMARY KEY,
    address text NOT NULL,
    leads boolean NOT NULL,
    places bigint[] NOT NULL,  -- by partition: behind the last record this node has
    seen_at timestamptz NOT NULL
);
