export { azureProvider } from "./azureProvider";
export { Cloud, type Factories, type GatewaySettings } from "./cloud";
