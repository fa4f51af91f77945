# Makes the frozen references of this folder with R DESeq2 (Debian: r-base-core, r-bioc-deseq2) from the
# counts that make_counts.py wrote: results of all genes, and fit.tsv with one row per set and key.
# Usage: Rscript make_reference.R
suppressPackageStartupMessages(library(DESeq2))
sets <- list(
  two_v_two = ~condition, three_v_three = ~condition, four_v_four = ~condition, eight_v_eight = ~condition,
  twelve_batches = ~ batch + condition, thirty_pairs = ~ patient + condition, two_hundred = ~ batch + condition,
  three_levels = ~condition, covariate = ~ age + condition, rising = ~condition
)
fit_rows <- list()
note <- function(set, ...) {
  values <- c(...)
  fit_rows[[length(fit_rows) + 1]] <<- data.frame(set = set, key = names(values), value = unname(values))
}
write_table <- function(x, path) {
  num <- vapply(x, is.double, TRUE)
  x[num] <- lapply(x[num], function(v) ifelse(is.na(v), NA, trimws(formatC(v, digits = 6, format = "g"))))
  con <- gzfile(path, "w"); write.table(x, con, sep = "\t", quote = FALSE, row.names = FALSE); close(con)
}
exact <- function(x) trimws(formatC(as.numeric(x), digits = 16, format = "g"))
for (set in names(sets)) {
  counts <- as.matrix(read.delim(file.path(set, "counts.tsv.gz"), row.names = 1, check.names = FALSE))
  samples <- read.delim(file.path(set, "samples.tsv"), stringsAsFactors = FALSE)
  for (v in setdiff(names(samples), c("sample", "age"))) samples[[v]] <- factor(samples[[v]])
  dds <- DESeq(DESeqDataSetFromMatrix(counts, samples, sets[[set]]), quiet = TRUE)
  reduced <- update(sets[[set]], ~ . - condition)
  contrast <- if (set == "three_levels") c("condition", "c", "b") else c("condition", "b", "a")
  wald <- results(dds, contrast = contrast, alpha = 0.05)
  lrt <- results(DESeq(dds, test = "LRT", reduced = reduced, quiet = TRUE), alpha = 0.05)
  m <- mcols(dds)
  write_table(data.frame(
    gene = rownames(dds), base_mean = wald$baseMean, log2_fc = wald$log2FoldChange, lfc_se = wald$lfcSE,
    p_value = wald$pvalue, adj_p_value = wald$padj, dispersion_gene = m$dispGeneEst, dispersion_trend = m$dispFit,
    dispersion_map = m$dispMAP, dispersion_outlier = m$dispOutlier,
    max_cooks = if (is.null(m$maxCooks)) NA else m$maxCooks,
    replaced = if (is.null(m$replace)) FALSE else m$replace,
    lrt_stat = lrt$stat, lrt_p_value = lrt$pvalue
  ), file.path(set, "genes.tsv.gz"))
  f <- dispersionFunction(dds)
  coefs <- attr(f, "coefficients"); if (is.null(coefs)) coefs <- c(NA, NA)
  note(set, fit_type = attr(f, "fitType"), asymptotic = exact(coefs[[1]]), extra_poisson = exact(coefs[[2]]),
    prior_variance = exact(attr(f, "dispPriorVar")), threshold = exact(metadata(wald)$filterThreshold[[1]]),
    size_factors = paste(exact(sizeFactors(dds)), collapse = ","),
    poscounts = paste(exact(sizeFactors(estimateSizeFactors(dds, type = "poscounts"))), collapse = ","))
}
# numeric contrasts, and gene x sample normalisation factors, on small sets
counts <- as.matrix(read.delim("three_levels/counts.tsv.gz", row.names = 1))
samples <- read.delim("three_levels/samples.tsv", stringsAsFactors = TRUE)
dds <- DESeq(DESeqDataSetFromMatrix(counts, samples, ~condition), quiet = TRUE)
mean_bc <- results(dds, contrast = c(0, 0.5, 0.5)); c_minus_b <- results(dds, contrast = c(0, -1, 1))
write_table(data.frame(gene = rownames(dds), mean_log2_fc = mean_bc$log2FoldChange, mean_p_value = mean_bc$pvalue,
  numeric_log2_fc = c_minus_b$log2FoldChange, numeric_p_value = c_minus_b$pvalue), "three_levels/numeric.tsv.gz")
counts <- as.matrix(read.delim("three_v_three/counts.tsv.gz", row.names = 1))
samples <- read.delim("three_v_three/samples.tsv", stringsAsFactors = TRUE)
g <- row(counts); s <- col(counts)
factors <- exp(0.3 * sin(g * s) + 0.1 * s); factors <- factors / exp(rowMeans(log(factors)))
dds <- DESeqDataSetFromMatrix(counts, samples, ~condition); normalizationFactors(dds) <- factors
dds <- DESeq(dds, quiet = TRUE); r <- results(dds, alpha = 0.05)
write_table(data.frame(gene = rownames(dds), base_mean = r$baseMean, log2_fc = r$log2FoldChange, lfc_se = r$lfcSE,
  p_value = r$pvalue, dispersion = mcols(dds)$dispersion), "three_v_three/factors.tsv.gz")
counts <- as.matrix(read.delim("four_v_four/counts.tsv.gz", row.names = 1))
samples <- read.delim("four_v_four/samples.tsv", stringsAsFactors = TRUE)
v <- varianceStabilizingTransformation(DESeqDataSetFromMatrix(counts, samples, ~condition), blind = TRUE)
write_table(data.frame(gene = rownames(v), assay(v))[1:60, ], "four_v_four/vst.tsv.gz")
note("versions", r = as.character(getRversion()), deseq2 = as.character(packageVersion("DESeq2")))
write.table(do.call(rbind, fit_rows), "fit.tsv", sep = "\t", quote = FALSE, row.names = FALSE)
