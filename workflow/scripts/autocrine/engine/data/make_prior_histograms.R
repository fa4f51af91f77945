# Makes prior_histograms.tsv: what base R draws, for a fixed seed, for the sum of a log scaled chi-square
# variable and a normal one, counted in bins. Only base R is used (set.seed, rchisq, rnorm).
# Usage: Rscript make_prior_histograms.R, then gzip -9n prior_histograms.tsv
breaks <- -20:20 / 2
rows <- list()
for (df in 1:3) {
  set.seed(2)
  for (variance in seq(0, 8, length.out = 200)) {
    x <- log(rchisq(1e4, df)) + rnorm(1e4, 0, sqrt(variance)) - log(df)
    x <- x[x > -10 & x < 10]
    rows[[length(rows) + 1]] <- c(df, hist(x, breaks = breaks, plot = FALSE)$counts)
  }
}
write.table(do.call(rbind, rows), "prior_histograms.tsv", sep = "\t", row.names = FALSE, col.names = FALSE)
