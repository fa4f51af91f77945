# Makes the frozen references of this folder: simulated counts near the cut-off and what edgeR's filterByExpr
# (Debian: r-base-core, r-bioc-edger) keeps of them. Per set <set>.counts.tsv.gz (a gene per row: gene, kept,
# samples) and <set>.design.tsv (a sample per row); settings.tsv has the arguments of each set and the versions.
# Usage: Rscript make_reference.R
suppressPackageStartupMessages(library(edgeR))
set.seed(20)
genes <- 300

# counts around ten, in samples of unequal depth, with groups so that whole groups fall on one side of the cut-off
simulate <- function(group, depth) {
  level <- exp(rnorm(genes, log(10), 0.7))
  effect <- matrix(exp(rnorm(genes * max(group), 0, 0.8)), genes)
  mean <- (level * effect[, group]) * rep(depth, each = genes)
  matrix(rnbinom(length(mean), mu = mean, size = 4), genes)
}
# a last gene that brings every library to a given size, so that counts lie exactly on the cut-off
fill <- function(counts, library) rbind(counts[-genes, ], library - colSums(counts[-genes, ]))
depth <- function(n) exp(rnorm(n, 0, 0.3))
groups <- function(...) rep(seq_along(c(...)), c(...))
by_group <- function(group) model.matrix(~ factor(group))

pair <- factor(rep(1:7, each = 2)); side <- rep(1:2, 7)
treated <- groups(5, 5); age <- round(runif(10, 20, 80))
three <- groups(3, 4, 5)
sets <- list(
  two_unequal = list(group = groups(4, 9)),
  one_against_five = list(group = groups(1, 5)),
  pairs = list(group = side, design = model.matrix(~ pair + factor(side))),
  three_groups = list(group = three),
  three_means = list(group = three, design = model.matrix(~ 0 + factor(three))),
  covariate = list(group = treated, design = model.matrix(~ age + factor(treated))),
  slope_alone = list(group = treated, design = cbind(age = age)),
  dependent_columns = list(group = three, design = cbind(model.matrix(~ factor(three)), first = three == 1)),
  just_large = list(group = groups(10, 11)),
  large = list(group = groups(14, 17)),
  larger = list(group = groups(23, 21)),
  settings = list(group = groups(6, 8), arguments = c(5.5, 60, 4, 0.5)),
  equal_libraries = list(group = groups(4, 4), library = rep(5000, 8)),
  # ten of 4835 are less than ten of 4835 by rounding
  rounded_down = list(group = groups(4, 4), library = rep(4835, 8)),
  unequal_libraries = list(group = groups(3, 4), library = c(7000, 13000, 10000, 9000, 11000, 12000, 8000)),
  median_between = list(group = groups(2, 4), library = c(7000, 13000, 10000, 9000, 11000, 12000))
)
write_table <- function(x, path) {
  con <- if (endsWith(path, "gz")) gzfile(path, "w") else file(path, "w")
  write.table(x, con, sep = "\t", quote = FALSE, row.names = FALSE); close(con)
}
settings <- list()
for (set in names(sets)) {
  s <- sets[[set]]
  n <- length(s$group)
  counts <- simulate(s$group, if (is.null(s$library)) depth(n) else s$library / 10000)
  if (!is.null(s$library)) counts <- fill(counts, s$library)
  dimnames(counts) <- list(paste0("gene", seq_len(genes)), paste0("sample", seq_len(n)))
  design <- if (is.null(s$design)) by_group(s$group) else s$design
  a <- if (is.null(s$arguments)) c(10, 15, 10, 0.7) else s$arguments
  kept <- filterByExpr(counts, design, min.count = a[1], min.total.count = a[2], large.n = a[3], min.prop = a[4])
  write_table(data.frame(gene = rownames(counts), kept = as.integer(kept), counts), paste0(set, ".counts.tsv.gz"))
  colnames(design) <- paste0("x", seq_len(ncol(design)))
  write_table(data.frame(sample = colnames(counts), design + 0), paste0(set, ".design.tsv"))
  settings[[set]] <- data.frame(set = set, min_count = a[1], min_total_count = a[2], large_n = a[3], min_prop = a[4],
    r = as.character(getRversion()), edger = as.character(packageVersion("edgeR")))
}
write_table(do.call(rbind, settings), "settings.tsv")
