-- What the processes count, added up: any of them can answer for all, and none that ends takes its counts along.

CREATE TABLE counters (
    name    text NOT NULL,
    labels  text NOT NULL,
    part    text NOT NULL DEFAULT '',
    value   double precision NOT NULL,
    PRIMARY KEY (name, labels, part)
);
COMMENT ON TABLE counters IS
    'For /metrics: sums since ever, which every process adds to every few seconds. labels is a JSON object with its keys in order. part is empty for a plain counter; of a histogram it is ''sum'' (seconds) or the upper bound of a bucket, which counts what is above the bound before.';
