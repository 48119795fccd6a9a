export {
  deriveServiceKey,
  formatKeys,
  openSecret,
  parseKeys,
  type SealedValue,
  type SecretPlace,
  type ServiceKey,
  sealSecret,
} from "./secret-box.ts";
