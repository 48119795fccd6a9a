export {
  type AlertRule,
  type AlertSettings,
  alertRule,
  alertSettings,
  factorAt,
  type Inhibition,
  inhibition,
  parseAlertSettings,
  type Route,
  route,
  type SaleDay,
  SEVERITIES,
  type Severity,
  type Silence,
  saleDay,
  silence,
} from "./alert-settings.ts";
export { type AlertPhase, type AlertState, phaseOf } from "./alert-state.ts";
export { type ForeignAlert, readAlertmanager } from "./alertmanager.ts";
export { endAll, evaluateRule, type Measured } from "./evaluate.ts";
export {
  type AlertLabels,
  fingerprintOf,
  formatMatchers,
  type Matcher,
  matchers,
  matches,
} from "./matching.ts";
export {
  alertmanagerBody,
  annotationsOf,
  dingtalkBody,
  feishuBody,
  type PeopleMessage,
  peopleMessage,
  plainText,
  slackBody,
  wecomBody,
} from "./messages.ts";
export { type Muted, mutedBy, type Notification, planNotifications, type Told, toldNow } from "./notify.ts";
export {
  hintOf,
  type Receiver,
  type ReceiverTarget,
  receiverName,
  receiverTarget,
} from "./receivers.ts";
export { type PrometheusRuleFile, ruleFileOf } from "./rule-file.ts";
export { DEFAULT_ALERT_SETTINGS, SHIPPED_RULES } from "./shipped-rules.ts";
