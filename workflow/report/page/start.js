// What the page needs stands in it compressed; it is run as soon as the text has been read.
"use strict";

if (typeof document !== "undefined") runLibraries();
