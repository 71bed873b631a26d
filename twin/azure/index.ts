export { azureProvider } from "./provider";
export { Cloud, type Factories } from "./cloud";
