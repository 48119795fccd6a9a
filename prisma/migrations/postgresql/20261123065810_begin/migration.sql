-- CreateTable
CREATE TABLE "HistoryCursor" (
    "env" TEXT NOT NULL,
    "life" INTEGER NOT NULL,
    "epoch" TEXT NOT NULL,
    "revision" BIGINT NOT NULL,
    "fence" BIGINT NOT NULL,
    "movedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "HistoryCursor_pkey" PRIMARY KEY ("env")
);

-- CreateTable
CREATE TABLE "HistoryLife" (
    "env" TEXT NOT NULL,
    "life" INTEGER NOT NULL,
    "epoch" TEXT NOT NULL,
    "baseRevision" BIGINT NOT NULL,
    "startedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "HistoryLife_pkey" PRIMARY KEY ("env","life")
);

-- CreateTable
CREATE TABLE "ChangeSet" (
    "env" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "life" INTEGER NOT NULL,
    "epoch" TEXT NOT NULL,
    "revision" BIGINT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "authorKind" TEXT NOT NULL,
    "authorId" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "groupId" TEXT,
    "undoes" TEXT,
    "journal" TEXT NOT NULL,

    CONSTRAINT "ChangeSet_pkey" PRIMARY KEY ("env","id")
);

-- CreateTable
CREATE TABLE "ResourceVersion" (
    "env" TEXT NOT NULL,
    "changeSetId" TEXT NOT NULL,
    "edit" INTEGER NOT NULL,
    "service" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "life" INTEGER NOT NULL,
    "epoch" TEXT NOT NULL,
    "revision" BIGINT NOT NULL,
    "version" INTEGER NOT NULL,
    "op" TEXT NOT NULL,
    "body" TEXT,
    "at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "ResourceVersion_pkey" PRIMARY KEY ("env","changeSetId","edit")
);

-- CreateTable
CREATE TABLE "AuditEntry" (
    "id" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "actorKind" TEXT NOT NULL,
    "actorId" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "env" TEXT,
    "target" TEXT,
    "outcome" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "address" TEXT,

    CONSTRAINT "AuditEntry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "User" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "emailVerified" BOOLEAN NOT NULL DEFAULT false,
    "image" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Session" (
    "id" TEXT NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "token" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "ipAddress" TEXT,
    "userAgent" TEXT,
    "userId" TEXT NOT NULL,

    CONSTRAINT "Session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Account" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "providerId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "accessToken" TEXT,
    "refreshToken" TEXT,
    "idToken" TEXT,
    "accessTokenExpiresAt" TIMESTAMP(3),
    "refreshTokenExpiresAt" TIMESTAMP(3),
    "scope" TEXT,
    "password" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Verification" (
    "id" TEXT NOT NULL,
    "identifier" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Verification_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "ChangeSet_env_life_revision_idx" ON "ChangeSet"("env", "life", "revision");

-- CreateIndex
CREATE INDEX "ChangeSet_env_at_idx" ON "ChangeSet"("env", "at");

-- CreateIndex
CREATE INDEX "ChangeSet_env_groupId_idx" ON "ChangeSet"("env", "groupId");

-- CreateIndex
CREATE INDEX "ChangeSet_env_authorId_life_revision_idx" ON "ChangeSet"("env", "authorId", "life", "revision");

-- CreateIndex
CREATE INDEX "ResourceVersion_env_service_kind_name_life_revision_idx" ON "ResourceVersion"("env", "service", "kind", "name", "life", "revision");

-- CreateIndex
CREATE INDEX "ResourceVersion_env_life_revision_idx" ON "ResourceVersion"("env", "life", "revision");

-- CreateIndex
CREATE INDEX "AuditEntry_at_idx" ON "AuditEntry"("at");

-- CreateIndex
CREATE INDEX "AuditEntry_env_at_idx" ON "AuditEntry"("env", "at");

-- CreateIndex
CREATE INDEX "AuditEntry_actorId_at_idx" ON "AuditEntry"("actorId", "at");

-- CreateIndex
CREATE INDEX "AuditEntry_action_at_idx" ON "AuditEntry"("action", "at");

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");

-- CreateIndex
CREATE UNIQUE INDEX "Session_token_key" ON "Session"("token");

-- CreateIndex
CREATE INDEX "Session_userId_idx" ON "Session"("userId");

-- CreateIndex
CREATE INDEX "Account_userId_idx" ON "Account"("userId");

-- CreateIndex
CREATE INDEX "Verification_identifier_idx" ON "Verification"("identifier");

-- AddForeignKey
ALTER TABLE "ResourceVersion" ADD CONSTRAINT "ResourceVersion_env_changeSetId_fkey" FOREIGN KEY ("env", "changeSetId") REFERENCES "ChangeSet"("env", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Session" ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Account" ADD CONSTRAINT "Account_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
