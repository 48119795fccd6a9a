-- CreateTable
CREATE TABLE "Alert" (
    "env" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "startsAt" TIMESTAMP(3) NOT NULL,
    "name" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "endsAt" TIMESTAMP(3),
    "labels" TEXT NOT NULL,
    "annotations" TEXT NOT NULL,
    "value" DOUBLE PRECISION,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Alert_pkey" PRIMARY KEY ("env","source","fingerprint","startsAt")
);

-- CreateIndex
CREATE INDEX "Alert_env_startsAt_idx" ON "Alert"("env", "startsAt");

-- CreateIndex
CREATE INDEX "Alert_env_endsAt_idx" ON "Alert"("env", "endsAt");
