import { SLOTS, type SlotName } from "../../../components";

/** A version of a slot's vault secret. */
export interface SlotCredential {
  readonly slot: SlotName;
  /** Version of the vault secret. */
  readonly version: string;
  readonly value: string;
}

/** How the outside of a stack is looked at. */
export interface Outside {
  /** The slot that has production's traffic. */
  serving(): string | undefined;
  /** Every version of both slots' secrets, oldest first. */
  credentials(): Promise<SlotCredential[]>;
  /** Whether the database takes it; undefined when it could not be asked. */
  works(credential: SlotCredential): Promise<boolean | undefined>;
  /** What the two slots' roles may do that is not the same. */
  differences(): Promise<readonly string[]>;
}

/** How many of a slot's newest versions are tried after each operation. */
const NEWEST = 2;
/** One credential serves, and one is new or kept warm. */
const MOST_VALID = 2;

/**
 * What must hold at every instant, whatever the engine is at: production's credential works, at
 * most two do, none that was ended ever does again, and both roles have the same rights.
 */
export class CredentialWatch {
  readonly problems: string[] = [];
  /** How often it looked. */
  looks = 0;
  private readonly ended = new Set<string>();
  private looking: Promise<void> | undefined;
  private again = false;
  private watching = true;

  constructor(private readonly outside: Outside) {}

  /** An operation began: looks now, or again as soon as the present look is over. */
  operation(): void {
    if (!this.watching) {
      return;
    }
    if (this.looking !== undefined) {
      this.again = true;
      return;
    }
    this.looking = this.look(NEWEST).finally(() => {
      this.looking = undefined;
      if (this.again) {
        this.again = false;
        this.operation();
      }
    });
  }

  /** A move is complete: tries every credential there ever was; what does not work never will. */
  async completed(): Promise<void> {
    await this.looking;
    await this.look(Infinity, true);
  }

  async stop(): Promise<void> {
    this.watching = false;
    await this.looking;
  }

  private async look(newest: number, complete = false): Promise<void> {
    this.looks++;
    const before = this.outside.serving();
    const tried = (await this.outside.credentials()).filter(isAmong(newest));
    const working: SlotCredential[] = [];
    for (const credential of tried) {
      const works = await this.works(credential);
      if (works) {
        working.push(credential);
      } else if (works === false && complete) {
        this.ended.add(credential.version);
      }
    }
    this.judge(working, before);
    const differences = await this.outside.differences();
    this.problems.push(...differences.map((text) => `The roles differ: ${text}.`));
  }

  /**
   * Of what was ended a login counts that began after another one: PostgreSQL looks the password up
   * before it is told one, and asks whether the role may log in after that. A login that is under way
   * while the role gets its next password and may log in again comes through with the one before. The
   * proof before promotion ends such a session.
   */
  private async works(credential: SlotCredential): Promise<boolean | undefined> {
    const works = await this.outside.works(credential);
    return works && this.ended.has(credential.version) ? this.outside.works(credential) : works;
  }

  private judge(working: readonly SlotCredential[], serving: string | undefined): void {
    const names = working.map(({ slot, version }) => `${slot} ${version}`).join(", ");
    // Traffic that moved meanwhile moved between two slots that both worked.
    if (
      serving !== undefined &&
      serving === this.outside.serving() &&
      !working.some(({ slot }) => slot === serving)
    ) {
      this.problems.push(
        `Production is on ${serving}, whose credential is refused; working: ${names}.`,
      );
    }
    if (working.length > MOST_VALID) {
      this.problems.push(`${working.length} credentials log in at the same time: ${names}.`);
    }
    for (const { slot, version } of working.filter((one) => this.ended.has(one.version))) {
      this.problems.push(`A credential of ${slot} that was ended logs in again: ${version}.`);
    }
  }
}

function isAmong(newest: number) {
  return (credential: SlotCredential, index: number, all: readonly SlotCredential[]): boolean => {
    const later = all.slice(index + 1).filter(({ slot }) => slot === credential.slot);
    return later.length < newest;
  };
}

/** The slot of a vault secret's name; undefined when it is not a slot's. */
export function slotOfSecret(application: string, secretName: string): SlotName | undefined {
  return SLOTS.find((slot) => secretName === `${application}-${slot}`);
}
