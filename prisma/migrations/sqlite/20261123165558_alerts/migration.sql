-- CreateTable
CREATE TABLE "Alert" (
    "env" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "startsAt" DATETIME NOT NULL,
    "name" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "endsAt" DATETIME,
    "labels" TEXT NOT NULL,
    "annotations" TEXT NOT NULL,
    "value" REAL,
    "updatedAt" DATETIME NOT NULL,

    PRIMARY KEY ("env", "source", "fingerprint", "startsAt")
);

-- CreateIndex
CREATE INDEX "Alert_env_startsAt_idx" ON "Alert"("env", "startsAt");

-- CreateIndex
CREATE INDEX "Alert_env_endsAt_idx" ON "Alert"("env", "endsAt");
