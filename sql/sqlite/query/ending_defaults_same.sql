-- Are the defaults these already?
SELECT on_done IS :on_done AND notify IS :notify FROM meta;
