# What R DESeq2 says of the demo's stages: the slope over diagnosis, sensitive, resistant, its steps, and any difference.
# Usage, from the root of the repository: Rscript tests/references/demo_stages/make_reference.R
suppressPackageStartupMessages(library(DESeq2))
counts <- read.delim("resources/demo/counts.tsv.gz", check.names = FALSE, row.names = 1)[, -1]
samples <- read.delim("resources/demo/samples.tsv", row.names = 1, na.strings = "")
samples <- samples[samples$arm == "clinical" & samples$compartment == "LSC", ]
stage <- ifelse(samples$timepoint == "diagnosis", "diagnosis", samples$response)
samples$stage <- factor(stage, levels = c("diagnosis", "sensitive", "resistant"))
samples$patient <- factor(samples$patient)
dds <- DESeqDataSetFromMatrix(as.matrix(counts[, rownames(samples)]), samples, ~ patient + stage)
dds <- DESeq(dds, quiet = TRUE)
at <- function(resistant, sensitive) {
  (resultsNames(dds) == "stage_resistant_vs_diagnosis") * resistant +
    (resultsNames(dds) == "stage_sensitive_vs_diagnosis") * sensitive
}
slope <- results(dds, contrast = at(0.5, 0), alpha = 0.05)
second <- results(dds, contrast = at(1, -1))
lrt <- results(DESeq(dds, test = "LRT", reduced = ~ patient, quiet = TRUE), alpha = 0.05)
table <- data.frame(
  gene_id = rownames(counts), log2_fc = slope$log2FoldChange, lfc_se = slope$lfcSE, p_value = slope$pvalue,
  adj_p_value = slope$padj, log2_fc_step_2 = second$log2FoldChange,
  p_value_step_2 = second$pvalue, lrt_stat = lrt$stat, lrt_p_value = lrt$pvalue, lrt_adj_p_value = lrt$padj
)
# Every 50th gene, and those of the bundled panel; the adjusted p-values rest on all genes.
panel <- read.delim("resources/panels/bmp.tsv")
keep <- seq_len(nrow(table)) %% 50 == 1 | table$gene_id %in% c(panel$ensembl, "BCR::ABL1")
table <- table[keep, ]
table[-1] <- lapply(table[-1], signif, digits = 10)
out <- "tests/references/demo_stages"
write.table(table, gzfile(file.path(out, "genes.tsv.gz")), sep = "\t", quote = FALSE, row.names = FALSE)
versions <- c(R = R.version.string, DESeq2 = as.character(packageVersion("DESeq2")))
writeLines(paste(names(versions), versions, sep = "\t"), file.path(out, "versions.tsv"))
