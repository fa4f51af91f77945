// The page holds its scripts compressed; they are run as soon as the text has been read.
"use strict";

if (typeof document !== "undefined") runLibraries(["page"]);
