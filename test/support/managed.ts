import type { Difference, Properties, Provider, ReadResult } from "../../twin/plugin/provider";

/** One resource of a provider, managed as the engine would, without engine and wire. */
export class Managed {
  id = "";
  inputs: Properties = {};
  state: Properties = {};

  constructor(
    private readonly provider: Provider,
    private readonly type: string,
  ) {}

  async create(inputs: Properties): Promise<Properties> {
    await this.check(inputs);
    const call = { ...this.call, inputs: this.inputs, preview: false, timeout: 0 };
    const { id, outputs } = await this.provider.create(call);
    this.id = id;
    this.state = outputs;
    return outputs;
  }

  async diff(inputs: Properties): Promise<Difference> {
    return this.provider.diff(await this.change(inputs));
  }

  async update(inputs: Properties): Promise<Properties> {
    const change = await this.change(inputs);
    this.state = await this.provider.update({ ...change, preview: false, timeout: 0 });
    this.inputs = change.inputs;
    return this.state;
  }

  read(): Promise<ReadResult | undefined> {
    return this.provider.read({
      ...this.call,
      id: this.id,
      inputs: this.inputs,
      state: this.state,
    });
  }

  delete(): Promise<void> {
    return this.provider.delete({
      ...this.call,
      id: this.id,
      oldInputs: this.inputs,
      state: this.state,
      timeout: 0,
    });
  }

  private async change(inputs: Properties) {
    const oldInputs = this.inputs;
    await this.check(inputs);
    const change = {
      ...this.call,
      id: this.id,
      oldInputs,
      state: this.state,
      inputs: this.inputs,
      ignoreChanges: [],
    };
    this.inputs = oldInputs;
    return change;
  }

  private async check(inputs: Properties): Promise<void> {
    const checked = await this.provider.check({
      ...this.call,
      inputs,
      oldInputs: this.inputs,
      randomSeed: Buffer.alloc(32),
    });
    if (checked.failures.length > 0) {
      throw new Error(checked.failures.map(({ reason }) => reason).join("\n"));
    }
    this.inputs = checked.inputs;
  }

  private get call() {
    return { urn: `urn:pulumi:s::p::${this.type}::r`, type: this.type, name: "r" };
  }
}
