export { azureProvider } from "./azureProvider";
export { Cloud, type Factories } from "./cloud";
