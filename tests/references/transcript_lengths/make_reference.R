# Makes the frozen references of this folder: simulated counts with average transcript lengths per gene and sample,
# and what R DESeq2 (Debian: r-base-core, r-bioc-deseq2) makes of the assay "avgTxLength" that
# DESeqDataSetFromTximport fills. genes.tsv.gz: per gene counts, lengths, normalisation factors and results;
# factors.tsv: per sample the size factors of three kinds, taken out of the normalisation factors; versions.tsv.
# Usage: Rscript make_reference.R
suppressPackageStartupMessages(library(DESeq2))
set.seed(11)
genes <- 500; samples <- 8
group <- factor(rep(c("a", "b"), each = 4))
level <- exp(rnorm(genes, 4, 1.5)); effect <- exp(rnorm(genes, 0, 0.6) * (runif(genes) < 0.3))
lengths <- matrix(exp(rnorm(genes, 7.5, 0.6)), genes, samples)
# half of the genes switch isoforms between the groups, all vary a little
lengths <- lengths * exp(matrix(rnorm(genes * samples, 0, 0.1), genes)) * exp(outer(rnorm(genes, 0, 0.4), group == "b"))
lengths <- round(lengths, 3)
depth <- exp(rnorm(samples, 0, 0.4))
mean <- level * effect^outer(rep(1, genes), group == "b") * lengths / exp(rowMeans(log(lengths))) * rep(depth, each = genes)
counts <- matrix(rnbinom(genes * samples, mu = mean, size = 8), genes)
dimnames(counts) <- dimnames(lengths) <- list(sprintf("g%03d", 1:genes), sprintf("s%d", 1:samples))
make <- function(counts) {
  dds <- DESeqDataSetFromMatrix(counts, data.frame(group), ~group)
  assays(dds)[["avgTxLength"]] <- lengths
  dds
}
# the size factors are what the factors hold beside the lengths; the scaling per gene takes out their geometric mean
sizes <- function(dds) {
  centred <- lengths / exp(rowMeans(log(lengths)))
  exp(colMeans(log(normalizationFactors(dds) / centred)))
}
exact <- function(x) trimws(formatC(as.numeric(x), digits = 12, format = "g"))
dds <- suppressMessages(DESeq(make(counts), quiet = TRUE))
r <- results(dds, alpha = 0.05)
v <- assay(varianceStabilizingTransformation(make(counts) |> estimateSizeFactors() |> suppressMessages(), blind = TRUE))
spoiled <- counts; spoiled[cbind(1:genes, rep_len(1:samples, genes))] <- 0
table <- data.frame(gene = rownames(counts), counts, lengths, apply(normalizationFactors(dds), 2, exact), apply(v, 2, exact),
  exact(r$baseMean), exact(r$log2FoldChange), exact(r$lfcSE), exact(r$pvalue), exact(mcols(dds)$dispersion))
names(table) <- c("gene", outer(colnames(counts), c("count", "length", "factor", "vst"), function(s, what) paste(what, s)),
  "base_mean", "log2_fc", "lfc_se", "p_value", "dispersion")
con <- gzfile("genes.tsv.gz", "w"); write.table(table, con, sep = "\t", quote = FALSE, row.names = FALSE); close(con)
factors <- data.frame(
  sample = colnames(counts),
  ratio = exact(sizes(dds)),
  control = exact(sizes(suppressMessages(estimateSizeFactors(make(counts), controlGenes = 1:100)))),
  poscounts = exact(sizes(suppressMessages(estimateSizeFactors(make(spoiled), type = "poscounts"))))
)
write.table(factors, "factors.tsv", sep = "\t", quote = FALSE, row.names = FALSE)
versions <- data.frame(what = c("R", "DESeq2"), version = c(as.character(getRversion()), as.character(packageVersion("DESeq2"))))
write.table(versions, "versions.tsv", sep = "\t", quote = FALSE, row.names = FALSE)
