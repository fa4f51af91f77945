# R DESeq2's answers for the designs that parity_fuzz.py wrote: a folder per design with counts.tsv (genes x samples),
# design.tsv (samples x coefficients), contrast.tsv (one weight per coefficient), and where the design has them
# samples.tsv with formula.txt and levels.txt (factor, tested, reference), sizes.txt ("poscounts"), factors.tsv.
# Usage: Rscript parity_fuzz.R FOLDER; designs that have an answer (genes.tsv) are passed over.
suppressPackageStartupMessages(library(DESeq2))
exact <- function(x) trimws(formatC(as.numeric(x), digits = 16, format = "g"))
answer <- function(folder) {
  at <- function(name) file.path(folder, name)
  counts <- as.matrix(read.delim(at("counts.tsv"), row.names = 1, check.names = FALSE))
  storage.mode(counts) <- "integer"
  matrix <- as.matrix(read.delim(at("design.tsv"), row.names = 1, check.names = FALSE))
  formula <- ~1; samples <- data.frame(row.names = colnames(counts))
  if (file.exists(at("formula.txt"))) {
    samples <- read.delim(at("samples.tsv"), row.names = 1, check.names = FALSE)
    samples[] <- lapply(samples, function(v) if (is.numeric(v)) v else factor(v))
    formula <- as.formula(readLines(at("formula.txt")))
  }
  dds <- DESeqDataSetFromMatrix(counts, samples, formula)
  if (file.exists(at("factors.tsv")))
    normalizationFactors(dds) <- as.matrix(read.delim(at("factors.tsv"), row.names = 1, check.names = FALSE))
  type <- if (file.exists(at("sizes.txt"))) "poscounts" else "ratio"
  if (file.exists(at("formula.txt"))) {
    dds <- DESeq(dds, sfType = type, quiet = TRUE)
    r <- results(dds, contrast = readLines(at("levels.txt")), alpha = 0.05)
  } else {
    colnames(matrix) <- make.names(colnames(matrix))
    dds <- DESeq(dds, full = matrix, betaPrior = FALSE, sfType = type, quiet = TRUE)
    r <- results(dds, contrast = as.numeric(readLines(at("contrast.tsv"))), alpha = 0.05)
  }
  f <- dispersionFunction(dds); coefs <- attr(f, "coefficients"); if (is.null(coefs)) coefs <- c(NA, NA)
  write.table(data.frame(
    key = c("fit_type", "asymptotic", "extra_poisson", "prior_variance"),
    value = c(attr(f, "fitType"), exact(coefs[[1]]), exact(coefs[[2]]), exact(attr(f, "dispPriorVar")))
  ), at("fit.tsv"), sep = "\t", quote = FALSE, row.names = FALSE)
  table <- data.frame(gene = rownames(dds), base_mean = r$baseMean, log2_fc = r$log2FoldChange, lfc_se = r$lfcSE,
    p_value = r$pvalue, adj_p_value = r$padj, dispersion = dispersions(dds))
  table[-1] <- lapply(table[-1], exact)
  write.table(table, at("genes.tsv"), sep = "\t", quote = FALSE, row.names = FALSE)
}
for (folder in sort(list.dirs(commandArgs(trailingOnly = TRUE)[1], recursive = FALSE))) {
  if (file.exists(file.path(folder, "genes.tsv"))) next
  tryCatch(suppressMessages(suppressWarnings(answer(folder))),
    error = function(e) writeLines(conditionMessage(e), file.path(folder, "error.txt")))
}
cat(as.character(packageVersion("DESeq2")), "\n")
