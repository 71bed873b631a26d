/** Where a pod's specification can name what a credential is read from. */
export interface PodSpec {
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly {
    readonly csi?: { readonly volumeAttributes?: { readonly secretProviderClass?: string } };
    readonly secret?: { readonly secretName?: string };
    readonly projected?: {
      readonly sources?: readonly { readonly secret?: { readonly name?: string } }[];
    };
  }[];
}

interface Container {
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef?: { readonly name?: string } };
  }[];
  readonly envFrom?: readonly { readonly secretRef?: { readonly name?: string } }[];
}

/** What a slot's pods read its password from: `SecretProviderClass/name` or `Secret/name`. */
export type Credential = `${Kind}/${string}`;

type Kind = "SecretProviderClass" | "Secret";

/**
 * What tells one credential of a slot from its others, after the slot's name: the generation of a Secret,
 * a digest where it has other keys or another file than usual, the version. `-none` is a retired slot's.
 */
const VERSION = "(?:-[0-9a-f]{6})?-[0-9a-f]{8}";
const ANY = new RegExp(`(?:-\\d+)?${VERSION}$`);
const SUFFIX: Readonly<Record<Kind, RegExp>> = {
  SecretProviderClass: new RegExp(`^(?:${VERSION})?$`),
  // A Secret of the program, as opposed to one of the chart that is named after its release.
  Secret: new RegExp(`^-(?:none|(?<generation>\\d+)${VERSION})$`),
};

/** Every Secret and SecretProviderClass that a pod reads, those of its init containers included. */
export function namedBy({ initContainers = [], containers, volumes = [] }: PodSpec): Credential[] {
  const read = [...initContainers, ...containers];
  const secrets = [
    ...read.flatMap(({ env = [] }) => env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name)),
    ...read.flatMap(({ envFrom = [] }) => envFrom.map(({ secretRef }) => secretRef?.name)),
    ...volumes.map(({ secret }) => secret?.secretName),
    ...volumes.flatMap(({ projected }) =>
      (projected?.sources ?? []).map(({ secret }) => secret?.name),
    ),
  ];
  const classes = volumes.map(({ csi }) => csi?.volumeAttributes?.secretProviderClass);
  const named = (kind: Kind, names: readonly (string | undefined)[]) =>
    names.filter((name) => name !== undefined).map((name): Credential => `${kind}/${name}`);
  return [...new Set([...named("SecretProviderClass", classes), ...named("Secret", secrets)])];
}

/**
 * Those that are credentials of the same slot and not this one: of another generation, or delivered in
 * the other way. What else a chart's pods read is the chart's business.
 */
export function othersThan(credential: Credential, named: readonly Credential[]): Credential[] {
  const slot = partsOf(credential).name.replace(ANY, "");
  return named.filter((each) => each !== credential && ofSlot(slot, each) !== undefined);
}

/** A credential of a slot. */
export interface OfSlot {
  /** The SecretProviderClass; undefined for a Secret. */
  readonly className: string | undefined;
  /** The generation in the name of a Secret. */
  readonly generation: string | undefined;
}

/**
 * What a name says, if it is that of a credential of a slot; else undefined.
 *
 * @param slot what these names begin with, which is the name of the slot's vault secret
 */
export function ofSlot(slot: string, credential: Credential): OfSlot | undefined {
  const { kind, name } = partsOf(credential);
  const found = name.startsWith(slot) ? SUFFIX[kind].exec(name.slice(slot.length)) : null;
  return found === null
    ? undefined
    : {
        className: kind === "SecretProviderClass" ? name : undefined,
        generation: found.groups?.["generation"],
      };
}

function partsOf(credential: Credential): { kind: Kind; name: string } {
  const [kind, name] = credential.split("/") as [Kind, string];
  return { kind, name };
}
